import { readText } from '../connection/endpoint.ts';
import { UsageError } from '../errors.ts';

export interface Recipient {
  readonly name: string;
  readonly recipient: string;
}

/** From options and a file of lines `NAME=age1…`; empty lines and those with `#` are passed over. @throws UsageError */
export async function readRecipients(
  options: readonly string[],
  file: string | undefined,
): Promise<Recipient[]> {
  const text = file === undefined ? '' : await readText(file, 'recipients');
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return [...options, ...lines].map(toRecipient);
}

function toRecipient(text: string): Recipient {
  const at = text.lastIndexOf('=');
  const [name, recipient] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (at < 1 || !recipient.startsWith('age1')) {
    throw new UsageError('usage', 'a recipient is NAME=age1…', { got: text.slice(0, 80) });
  }
  return { name, recipient };
}
