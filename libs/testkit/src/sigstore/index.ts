export { editBundle, flipLast, type BundleJson } from './edit-bundle.ts';
export { authorityFor } from './purpose-authority.ts';
export { SigstoreInstance } from './sigstore-instance.ts';
