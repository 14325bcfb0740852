import { startKeyVaultPeer } from '@asterism/testkit/kek-peers';
import { describeKekProvider } from '../testing/contract-suite.ts';

const expected = {
  // Vaults are told apart by their host; another one does not have the key.
  elsewhere: 'kek-unknown',
} as const;

describeKekProvider('Azure Key Vault', () => startKeyVaultPeer('rsa'), { expected });
describeKekProvider('Azure Managed HSM', () => startKeyVaultPeer('aes'), { expected });
