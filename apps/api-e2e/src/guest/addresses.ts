/** Of a namespace with nothing else in it, so that every guest can have the same (TEST-NET-1, RFC 5737). */
export const HOST_ADDRESS = '192.0.2.1';
export const GUEST_ADDRESS = '192.0.2.2';
export const TAP = 'tap0';

/** In the guest: the machine's folder, and where its state disk is mounted. */
export const MACHINE = '/run/machine';
export const STATE = '/run/state';
/** Of the host's address: where the guest finds the API, and its TPM. */
export const PORTS = { api: 7444, tpm: 2321 } as const;
