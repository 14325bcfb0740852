export { startHsmPeer } from './hsm-peer.ts';
export { startKeyVaultPeer } from './key-vault-peer.ts';
export { startVaultPeer, type VaultPeer } from './vault-peer.ts';
export { startAwsPeer, type AwsPeer } from './aws-peer.ts';
export { FaultyProxy, httpAnswer, type CannedFault } from './faulty-proxy.ts';
export { startGcpKmsPeer, type GcpKmsPeer } from './gcp-kms-peer.ts';
export { KEK_FAULTS, type KekFault, type KekPeer, type KekPeerSections } from './kek-peer.ts';
export { peerEnvironment } from './peer-environment.ts';
export { PeerProcess, type PeerOrder } from './peer-process.ts';
