export { SigstoreInstance, type SigstoreOptions, type SignOptions } from './sigstore-instance.ts';
