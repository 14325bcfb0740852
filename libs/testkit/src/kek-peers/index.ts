export { startAwsPeer, type AwsPeer } from './aws-peer.ts';
export { FaultyProxy, httpAnswer, type CannedFault } from './faulty-proxy.ts';
export { KEK_FAULTS, type KekFault, type KekPeer, type KekPeerSections } from './kek-peer.ts';
export { peerEnvironment } from './peer-environment.ts';
export { PeerProcess, type PeerOrder } from './peer-process.ts';
