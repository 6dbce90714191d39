import { homedir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { cacheFolder } from '../src/cache-folder.ts';

const own = (parent: string) => path.join(parent, 'layer-vitals');

describe('cacheFolder', () => {
  test('is what the variable names', () => {
    expect(cacheFolder({ LAYER_VITALS_CACHE: '/somewhere/kept', XDG_CACHE_HOME: '/x' }, 'linux')).toBe(path.resolve('/somewhere/kept'));
    expect(cacheFolder({ LAYER_VITALS_CACHE: ' kept ' }, 'linux')).toBe(path.resolve('kept'));
  });

  test('is none where the variable is off', () => {
    expect(cacheFolder({ LAYER_VITALS_CACHE: 'off', XDG_CACHE_HOME: '/x' }, 'linux')).toBeNull();
  });

  test('is below what the system has for it', () => {
    expect(cacheFolder({ LAYER_VITALS_CACHE: '', XDG_CACHE_HOME: path.resolve('/x') }, 'linux')).toBe(own(path.resolve('/x')));
    expect(cacheFolder({ XDG_CACHE_HOME: 'relative' }, 'linux')).toBe(own(path.join(homedir(), '.cache')));
    expect(cacheFolder({}, 'darwin')).toBe(own(path.join(homedir(), '.cache')));
    expect(cacheFolder({ LOCALAPPDATA: 'C:\\Users\\me\\AppData\\Local' }, 'win32')).toBe(own('C:\\Users\\me\\AppData\\Local'));
    expect(cacheFolder({}, 'win32')).toBeNull();
  });
});
