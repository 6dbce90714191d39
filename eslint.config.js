import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  // kernels/assembly is AssemblyScript, whose own compiler checks it.
  { ignores: ['dist/', 'node_modules/', 'schema/', 'kernels/', '**/.venv/', 'bench/.cache/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Loops over typed arrays index inside known bounds; `!` says so where noUncheckedIndexedAccess cannot see it.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' }],
    },
  },
  { files: ['vitest.config.ts', '**/*.js', '**/*.mjs', '**/*.cjs'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['{scripts,bench,fixtures}/**/*.mjs', '.dependency-cruiser.cjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', module: 'writable', URL: 'readonly', Buffer: 'readonly', performance: 'readonly' } },
  },
);
