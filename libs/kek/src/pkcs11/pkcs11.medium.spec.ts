import { startHsmPeer } from '@asterism/testkit/kek-peers';
import { describeKekProvider } from '../testing/contract-suite.ts';

// A token has no regions: another one that is there does not have the key.
describeKekProvider('pkcs11', startHsmPeer, { expected: { elsewhere: 'kek-unknown' } });
