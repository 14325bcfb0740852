import { placeholder } from '../placeholder.ts';
import { field, plain, type Commented } from './commented.ts';

const ENFORCED = 'enforce: anything else is refused; warn: accepted with a warning';

/** A register whose values are the operator's own. */
export function ownMeasurement(why: string, wanted: string): Commented {
  return field(why, {
    mode: field(ENFORCED, 'enforce'),
    values: field(
      'accepted values: [{"digest": hex, "comment": text, "from"?: time, "until"?: time}, …]',
      placeholder(wanted),
    ),
  });
}

/** A register that proves nothing here; `why` must say so. */
export function anyMeasurement(why: string): Commented {
  return field(why, { mode: field(ENFORCED, 'enforce'), values: field('deliberately not compared', 'any') });
}

/** A register that holds zeros on every machine of this kind. */
export function zeroMeasurement(why: string, bytes: number): Commented {
  const values = [{ digest: '00'.repeat(bytes), comment: 'nothing is measured into it' }];
  return field(why, {
    mode: field(ENFORCED, 'enforce'),
    values: field('only zeros', plain(values)),
  });
}
