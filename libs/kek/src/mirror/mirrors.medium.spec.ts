import { startAwsPeer, startAzuritePeer, startGcsPeer } from '@asterism/testkit/kek-peers';
import { describeKeyMirror } from '../testing/mirror-suite.ts';

describeKeyMirror('S3', startAwsPeer);
describeKeyMirror('Azure Blob', startAzuritePeer);
describeKeyMirror('Google Cloud Storage', startGcsPeer);
