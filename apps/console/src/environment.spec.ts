import { describe, expect, it } from 'vitest';
import { EnvironmentError, readEnvironment } from './environment.ts';

const read = (variables: Record<string, string>) => readEnvironment(variables as NodeJS.ProcessEnv);

describe('readEnvironment', () => {
  it('takes the origin of the operator listener', () => {
    expect(read({ ASTERISM_API: 'https://127.0.0.1:7443/v1' })).toEqual({
      api: 'https://127.0.0.1:7443',
      ca: null,
    });
  });

  it.each([
    ['ASTERISM_API is not set', {}],
    ['ASTERISM_API is not an https URL', { ASTERISM_API: 'http://127.0.0.1:7443' }],
    ['ASTERISM_API is not an https URL', { ASTERISM_API: '127.0.0.1' }],
    [
      'ASTERISM_CA /nowhere/ca.pem cannot be read (ENOENT)',
      { ASTERISM_API: 'https://a', ASTERISM_CA: '/nowhere/ca.pem' },
    ],
    [
      'holds no PEM certificate',
      { ASTERISM_API: 'https://a', ASTERISM_CA: import.meta.filename.replace('.spec', '') },
    ],
  ])('says %j', (message, variables) => {
    expect(() => read(variables as Record<string, string>)).toThrow(EnvironmentError);
    expect(() => read(variables as Record<string, string>)).toThrow(message);
  });
});
