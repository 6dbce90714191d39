/** One way through the code: a room may import those named to its right (docs/architecture.md). */
const rooms = {
  stats: [],
  evidence: [],
  config: ['stats', 'evidence'],
  data: ['stats', 'evidence'],
  git: [],
  native: [],
  engine: ['native', 'stats', 'evidence'],
  model: ['config', 'engine'],
  experiment: ['config', 'data', 'native', 'engine', 'model', 'stats', 'evidence'],
  rules: ['stats', 'evidence'],
  report: ['rules', 'stats', 'evidence'],
  setup: ['config', 'git', 'model'],
  github: ['setup', 'report', 'evidence'],
};

const oneWay = Object.entries(rooms).map(([room, mayImport]) => ({
  name: `${room}-imports-one-way`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: [`^src/(${[room, ...mayImport].join('|')})/`, '^src/(errors|cache-folder)\\.ts$'] },
}));

module.exports = {
  forbidden: [
    ...oneWay,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'report-knows-only-the-types-of-rules',
      severity: 'error',
      from: { path: '^src/report/' },
      to: { path: '^src/rules/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'check-does-not-know-github',
      severity: 'error',
      from: { path: '^src/(check|cli)\\.ts$' },
      to: { path: '^src/github/' },
    },
    {
      name: 'shared-files-import-nothing',
      severity: 'error',
      from: { path: '^src/(errors|cache-folder)\\.ts$' },
      to: { path: '^src/' },
    },
    {
      name: 'src-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(__tests__|bench|scripts)/' },
    },
  ],
  options: { tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, doNotFollow: { path: 'node_modules' } },
};
