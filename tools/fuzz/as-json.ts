import { CodedError, fromUtf8 } from '@asterism/bytes';

class NotJson extends CodedError<'not-json'> {
  readonly outcome = 'input';
}

/** JSON text, as the listeners read it before anything of ours sees it. @throws NotJson */
export function asJson(input: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(input));
  } catch (cause) {
    throw new NotJson('not-json', 'not JSON', { cause });
  }
}
