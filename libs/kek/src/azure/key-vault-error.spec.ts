import { AuthenticationError } from '@azure/identity';
import { expect, it } from 'vitest';
import { toKekError } from './key-vault-error.ts';

it('an identity that Entra does not know says nothing of what was to be opened', () => {
  const body = { error: 'unauthorized_client', error_description: 'AADSTS700016: application not found' };
  expect(toKekError(new AuthenticationError(400, body))).toMatchObject({
    code: 'kek-denied',
    outcome: 'undecided',
  });
});

it('what Key Vault itself does not open is wrong', () => {
  const refused = Object.assign(new Error('no'), {
    name: 'RestError',
    statusCode: 400,
    code: 'BadParameter',
  });
  expect(toKekError(refused)).toMatchObject({ code: 'kek-ciphertext-wrong' });
});
