/**
 * A TPM that takes one command at a time and answers it whole (Part 1 §18): TPM bytes without any framing of the way
 * they travel. Implementations are in `@asterism/tpm-device`; errors of theirs pass through unchanged.
 */
export interface TpmTransport {
  transceive(command: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}
