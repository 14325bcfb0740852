import { KeysError } from '@asterism/keys';
import type { Logger } from '../platform/logger.ts';
import { OwnTpm } from '../platform/own-tpm.ts';
import type { Closers } from './closers.ts';

/** A TPM that is away now may come back. @throws TpmDeviceError where its address cannot be right */
export async function openOwnTpm(
  address: string | undefined,
  logger: Logger,
  closers: Closers,
): Promise<OwnTpm | undefined> {
  if (address === undefined) return undefined;
  const own = new OwnTpm(address);
  closers.add('tpm', () => own.close());
  await own.prepare().catch((cause: unknown) => {
    if (!(cause instanceof KeysError)) throw cause;
    logger.error({ err: cause }, 'the TPM of this API does not answer; it is tried again');
  });
  return own;
}
