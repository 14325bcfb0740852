import { toHex } from '@asterism/bytes';
import type { Socket } from 'node:net';
import { ProblemError } from './problem-error.ts';
import { toProblem } from './problems.ts';

/** Answers bytes that are no HTTP request, and one that did not come in time, and closes. */
export function answerUnreadable(
  error: Error & { readonly code?: string },
  socket: Socket,
  random: (length: number) => Uint8Array,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = toProblem(
    new ProblemError('request-invalid', 'the bytes received are not an HTTP request'),
    toHex(random(16)),
  );
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n${body}`,
  );
}
