/** The action of others that a workflow cannot do without, by its commit. */
const CHECKOUT = 'actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2';

/** Who hosts the action, where that cannot be told. */
export const UNKNOWN_OWNER = 'OWNER';

export interface WorkflowDraft {
  /** As `uses:` has it. */
  readonly action: string;
  /** Path of the folder that holds the config, from the root of the repository; empty for the root. */
  readonly folder: string;
  /** Whether model or images are kept in Git LFS. */
  readonly lfs: boolean;
}

/** A workflow that checks every pull request, with no more rights than the comment takes. */
export function workflowText({ action, folder, lfs }: WorkflowDraft): string {
  return `name: layer-vitals
on: pull_request
permissions:
  contents: read
concurrency:
  group: layer-vitals-\${{ github.ref }}
  cancel-in-progress: true

jobs:
  check:
    name: layer-vitals
    runs-on: ubuntu-latest
    timeout-minutes: 30
    permissions:
      contents: read
      pull-requests: write # for the comment
    steps:
      - uses: ${CHECKOUT}
        with:
          persist-credentials: false
${lfs ? '          lfs: true # the model or its images\n' : ''}      - uses: ${action}
${folder === '' ? '' : `        with:\n          config: ${JSON.stringify(folder)}\n`}`;
}
