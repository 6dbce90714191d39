/** What the stand-in for GitHub remembers between requests. */
export interface Account {
  readonly login: string;
  readonly id: number;
  readonly type: 'Bot' | 'User';
}

/** What a token may do besides reading. */
export interface Grant {
  readonly account: Account;
  readonly may: readonly Permission[];
}

export type Permission = 'pull-requests: write' | 'checks: write';

export interface Comment {
  readonly id: number;
  readonly user: Account;
  body: string;
  readonly html_url: string;
  readonly created_at: string;
  updated_at: string;
}

export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  readonly conclusion: string;
  readonly html_url: string;
  output: { readonly title: string; readonly summary: string };
  readonly annotations: { readonly path: string; readonly start_line: number; readonly annotation_level: string; readonly message: string }[];
}

/** An open pull request, as a list of them shows it. */
export interface Pull {
  readonly number: number;
  /** Owner and branch of the head, as `head=` asks for them. */
  readonly label: string;
  readonly sha: string;
  readonly base: string;
  readonly state: 'open' | 'closed';
}

export interface Artifact {
  readonly id: number;
  readonly run: number;
  readonly name: string;
  readonly zip: Buffer;
}

export const ACTIONS_BOT: Account = { login: 'github-actions[bot]', id: 41898282, type: 'Bot' };
export const OTHER_APP: Account = { login: 'some-app[bot]', id: 2002, type: 'Bot' };
export const PERSON: Account = { login: 'somebody', id: 2001, type: 'User' };

/** Tokens that the server knows. */
export const TOKENS = {
  ghs_write: { account: ACTIONS_BOT, may: ['pull-requests: write'] },
  ghs_checks: { account: ACTIONS_BOT, may: ['pull-requests: write', 'checks: write'] },
  ghs_read: { account: ACTIONS_BOT, may: [] },
  ghs_app: { account: OTHER_APP, may: ['pull-requests: write'] },
  ghp_person: { account: PERSON, may: ['pull-requests: write'] },
} as const satisfies Record<string, Grant>;

export type TokenName = keyof typeof TOKENS;

/** One repository, that of the published payloads, with one pull request that has comments. */
export class World {
  readonly owner = 'Codertocat';
  readonly repo = 'Hello-World';
  readonly pull = 2;
  readonly comments: Comment[] = [];
  readonly checkRuns: CheckRun[] = [];
  readonly pulls: Pull[] = [];
  readonly artifacts: Artifact[] = [];
  /** Commit in which two lines of history part, by `base...head`. */
  readonly mergeBases: Record<string, string> = {};
  /** How many code points a comment may have. */
  maxCharacters = 65_536;
  /** Whether GraphQL answers at all. */
  graphql = true;
  #nextId = 1000;

  newId(): number {
    return this.#nextId++;
  }

  add(user: Account, body: string): Comment {
    const id = this.newId();
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
