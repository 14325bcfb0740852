import { readCollateral, type Collateral, type SkippedFile } from '@asterism/attestation';
import { CodedError } from '@asterism/bytes';
import { UsageError } from '../errors.ts';
import { readFilesAndFolders, type InputFile } from './input-files.ts';
import type { Judgement } from './judgement.ts';

export interface GivenCollateral {
  readonly collateral: Collateral;
  /** Documents that were meant as collateral and cannot be read, by their files. */
  readonly unreadable: readonly string[];
}

/**
 * Collateral of files and folders under any name. Whatever is none, such as the evidence itself, is passed over and said
 * so.
 * @throws UsageError on a file that was named and is a broken certificate or list
 */
export async function readCollateralFiles(
  paths: readonly string[],
  judgement: Judgement,
): Promise<GivenCollateral> {
  const files = await readFilesAndFolders(paths);
  const { skipped, ...collateral } = await read(files);
  const unreadable = skipped.filter(({ isDocument }) => isDocument).map(({ name }) => name);
  const broken = skipped.find((one) => isBroken(one) && isNamed(one, files));
  if (broken !== undefined) throw new UsageError('file-malformed', `collateral ${broken.reason}`);
  if (skipped.length > 0) {
    judgement.remark({
      code: 'collateral-skipped',
      claim: 'collateral',
      message: 'files are no collateral that can be read',
      got: skipped.map(({ name }) => name).join(', '),
    });
  }
  return { collateral, unreadable };
}

async function read(files: readonly InputFile[]) {
  try {
    return await readCollateral(files.map(({ path, bytes }) => ({ name: path, bytes, inFolder: true })));
  } catch (cause) {
    if (!(cause instanceof CodedError) || cause.outcome !== 'input') throw cause;
    throw new UsageError('file-malformed', `collateral ${cause.message}`, { cause });
  }
}

function isBroken({ code, isDocument }: SkippedFile): boolean {
  return code !== 'collateral-unknown' && !isDocument;
}

function isNamed({ name }: SkippedFile, files: readonly InputFile[]): boolean {
  return files.some(({ path, inFolder }) => path === name && !inFolder);
}
