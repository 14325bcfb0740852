import { concat, Reader, Writer } from '@asterism/bytes';
import { TpmDeviceError } from './errors.ts';
import { connect } from './stream.ts';

/** Commands of swtpm's control channel, swtpm_ioctls(3): 4 bytes of command, its body, 4 bytes of result in the answer. */
const COMMAND = { init: 0x02 } as const;

const SUCCESS = 0;
const RESULT_LENGTH = 4;
const DEADLINE = 10_000;

async function control(socketPath: string, command: keyof typeof COMMAND, body: Uint8Array): Promise<void> {
  const socket = await connect({ path: socketPath }, socketPath);
  socket.setTimeout(DEADLINE, () => socket.destroy(new Error('timeout')));
  try {
    socket.write(concat(new Writer('big').u32(COMMAND[command]).finish(), body));
    let received = new Uint8Array();
    for await (const chunk of socket) {
      received = concat(received, chunk as Uint8Array);
      if (received.length >= RESULT_LENGTH) break;
    }
    const result = new Reader(received, 'big').u32();
    if (result !== SUCCESS) {
      throw new TpmDeviceError('control-failed', `software TPM refused ${command}`, {
        got: result,
        want: SUCCESS,
      });
    }
  } catch (cause) {
    if (cause instanceof TpmDeviceError) throw cause;
    throw new TpmDeviceError('control-failed', `software TPM did not answer ${command}`, { cause });
  } finally {
    socket.destroy();
  }
}

/** CMD_INIT: power off and on. PCRs go back to their start, sessions and transient objects are gone. */
export function powerCycle(controlSocket: string): Promise<void> {
  return control(controlSocket, 'init', new Uint8Array(4));
}
