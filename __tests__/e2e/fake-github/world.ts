/** What the stand-in for GitHub remembers between requests. */
export interface Account {
  readonly login: string;
  readonly id: number;
  readonly type: 'Bot' | 'User';
}

export interface Grant {
  readonly account: Account;
  readonly mayWrite: boolean;
}

export interface Comment {
  readonly id: number;
  readonly user: Account;
  body: string;
  readonly html_url: string;
  readonly created_at: string;
  updated_at: string;
}

export const ACTIONS_BOT: Account = { login: 'github-actions[bot]', id: 41898282, type: 'Bot' };
export const OTHER_APP: Account = { login: 'some-app[bot]', id: 2002, type: 'Bot' };
export const PERSON: Account = { login: 'somebody', id: 2001, type: 'User' };

/** Tokens that the server knows. */
export const TOKENS = {
  ghs_write: { account: ACTIONS_BOT, mayWrite: true },
  ghs_read: { account: ACTIONS_BOT, mayWrite: false },
  ghs_app: { account: OTHER_APP, mayWrite: true },
  ghp_person: { account: PERSON, mayWrite: true },
} as const satisfies Record<string, Grant>;

export type TokenName = keyof typeof TOKENS;

/** One repository with one pull request. */
export class World {
  readonly owner = 'octo';
  readonly repo = 'demo';
  readonly pull = 7;
  readonly comments: Comment[] = [];
  /** How many code points a comment may have. */
  maxCharacters = 65_536;
  /** Whether GraphQL answers at all. */
  graphql = true;
  #nextId = 1000;

  add(user: Account, body: string): Comment {
    const id = this.#nextId++;
    const now = new Date().toISOString();
    const html_url = `https://github.test/${this.owner}/${this.repo}/pull/${this.pull}#issuecomment-${id}`;
    const comment = { id, user, body, html_url, created_at: now, updated_at: now };
    this.comments.push(comment);
    return comment;
  }

  by(account: Account): Comment[] {
    return this.comments.filter(({ user }) => user === account);
  }

  remove(comment: Comment): void {
    this.comments.splice(this.comments.indexOf(comment), 1);
  }
}
