/** A part that opens on a click. The blank lines make Markdown of the body; `title` is ours, never a file's. */
export function fold(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
}
