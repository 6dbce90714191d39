import { describe, expect, test } from 'vitest';
import { keepFiles, type Upload } from '../../src/github/artifact.ts';

const RUNNER = { ACTIONS_RUNTIME_TOKEN: 't', ACTIONS_RESULTS_URL: 'http://127.0.0.1:1/' };
const FILES = ['/tmp/a/report.md', '/tmp/a/report.html'];

describe('keeping files', () => {
  test('hands them over with their folder', async () => {
    const asked: Parameters<Upload>[0][] = [];
    const upload: Upload = (request) => {
      asked.push(request);
      return Promise.resolve(7);
    };
    expect(await keepFiles(upload, 'layer-vitals', FILES, RUNNER)).toEqual({ kind: 'uploaded', id: 7 });
    expect(asked).toEqual([{ name: 'layer-vitals', folder: '/tmp/a', files: FILES }]);
  });

  test('is left out where there is no runner', async () => {
    const upload: Upload = () => Promise.reject(new Error('asked'));
    expect(await keepFiles(upload, 'layer-vitals', FILES, {})).toEqual({ kind: 'absent' });
  });

  test('says so where the server has no such service', async () => {
    const upload: Upload = () => Promise.reject(new Error('asked'));
    expect(await keepFiles(upload, 'layer-vitals', FILES, { ACTIONS_RUNTIME_TOKEN: 't' })).toMatchObject({ kind: 'failed', message: expect.stringContaining('no service') as string });
  });

  test('does not wait for a service that never answers, nor stumbles over one that says no', async () => {
    expect(await keepFiles(() => new Promise<never>(() => undefined), 'x', FILES, RUNNER, 20)).toMatchObject({ kind: 'failed', message: 'no answer within 0.02 s' });
    expect(await keepFiles(() => Promise.reject(new Error('not supported on GHES')), 'x', FILES, RUNNER)).toEqual({ kind: 'failed', message: 'not supported on GHES' });
  });
});
