import style from 'github-markdown-css/github-markdown.css';
import { type Page, renderHtml } from './report/html.ts';

/** The self-contained page. In a bundle of its own: whoever wants no page does not load what makes it. */
export function htmlReport(page: Omit<Page, 'style'>): Promise<string> {
  return renderHtml({ ...page, style });
}
