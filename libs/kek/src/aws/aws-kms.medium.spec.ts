import { startAwsPeer } from '@asterism/testkit/kek-peers';
import { describeKekProvider } from '../testing/contract-suite.ts';

describeKekProvider('AWS KMS', startAwsPeer, {
  // An ARN names the key; its versions are KMS's own affair.
  namesVersions: false,
});
