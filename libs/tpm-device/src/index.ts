export { openAttestationKey, type OpenedAttestationKey } from './attestation-key-file.ts';
export { createSoftwareTpm, type SoftwareTpmInput } from './create-software-tpm.ts';
export { openTpmDevice } from './device-file.ts';
export { TpmDeviceError, type TpmDeviceErrorCode } from './errors.ts';
export { openTpm, parseTpmAddress, type TpmAddress } from './open-tpm.ts';
export { readSoftwareTpmAuthority, type SoftwareTpmAuthority } from './software-tpm-authority.ts';
export { startSoftwareTpm, type SoftwareTpm } from './start-software-tpm.ts';
export { openTpmTcp, openTpmUnixSocket } from './stream.ts';
