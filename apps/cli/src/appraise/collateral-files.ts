import { readCollateral, type Collateral } from '@asterism/attestation';
import { CodedError } from '@asterism/bytes';
import { UsageError } from '../errors.ts';
import { readFilesAndFolders } from './input-files.ts';
import type { Judgement } from './judgement.ts';

/**
 * Collateral of files and folders under any name. Whatever else lies in a folder, such as the evidence itself, is passed
 * over and said so.
 * @throws UsageError on a file that was named and is no collateral
 */
export async function readCollateralFiles(
  paths: readonly string[],
  judgement: Judgement,
): Promise<Collateral> {
  const files = await readFilesAndFolders(paths);
  try {
    const { skipped, ...collateral } = await readCollateral(
      files.map(({ path, bytes, inFolder }) => ({ name: path, bytes, inFolder })),
    );
    if (skipped.length > 0) {
      judgement.remark({
        code: 'collateral-skipped',
        claim: 'collateral',
        message: 'files of the folder are no collateral',
        got: skipped.map(({ name }) => name).join(', '),
      });
    }
    return collateral;
  } catch (cause) {
    if (!(cause instanceof CodedError) || cause.outcome !== 'input') throw cause;
    throw new UsageError('file-malformed', `collateral ${cause.message}`, { cause });
  }
}
