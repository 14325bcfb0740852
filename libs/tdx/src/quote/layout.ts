import { toHex, type Bytes, type Reader, type Writer } from '@asterism/bytes';
import { TdxFormatError } from '../errors.ts';

/** A byte field of fixed length. */
export interface Field<Name extends string> {
  readonly name: Name;
  readonly size: number;
}

/** Reads the fields of a table one after the other. */
export function readFields<Name extends string>(
  reader: Reader,
  table: readonly Field<Name>[],
): Readonly<Record<Name, Bytes>> {
  const fields: Partial<Record<Name, Bytes>> = {};
  for (const { name, size } of table) fields[name] = reader.bytes(size);
  return fields as Record<Name, Bytes>;
}

/** Counterpart of `readFields`. @throws TdxFormatError `argument-invalid` on a field of a wrong length. */
export function writeFields<Name extends string>(
  writer: Writer,
  table: readonly Field<Name>[],
  fields: Readonly<Record<Name, Uint8Array>>,
): void {
  for (const { name, size } of table) writer.bytes(ofLength(fields[name], size, name));
}

export function ofLength(bytes: Uint8Array, size: number, name: string): Uint8Array {
  if (bytes.length !== size) {
    throw new TdxFormatError('argument-invalid', `${name} has a wrong length`, {
      got: toHex(bytes),
      want: size,
    });
  }
  return bytes;
}
