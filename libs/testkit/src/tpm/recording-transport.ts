import type { TpmTransport } from '@asterism/tpm';

/** What crosses the bus of a TPM, both ways, as somebody who listens on it sees it. */
export interface RecordingTransport extends TpmTransport {
  readonly recorded: readonly Buffer[];
  /** Whether the bytes crossed the bus in one piece. */
  saw(bytes: Uint8Array): boolean;
}

export function recordTransport(transport: TpmTransport): RecordingTransport {
  const recorded: Buffer[] = [];
  return {
    recorded,
    saw: (bytes) => recorded.some((message) => message.includes(Buffer.from(bytes))),
    transceive: async (command) => {
      recorded.push(Buffer.from(command));
      const response = await transport.transceive(command);
      recorded.push(Buffer.from(response));
      return response;
    },
    close: () => transport.close(),
  };
}
