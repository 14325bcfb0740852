/**
 * `unshare --net node hold-network.ts PORT=SOCKET…`: makes a network of one tap device in the namespace that it is run in,
 * and passes connections to these ports on to Unix sockets, which are the same in every network namespace. Ends with its
 * standard input.
 */
import { execFileSync } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { HOST_ADDRESS, TAP } from './addresses.ts';

const ip = (...args: readonly string[]) => execFileSync('ip', args);
ip('link', 'set', 'lo', 'up');
ip('tuntap', 'add', 'dev', TAP, 'mode', 'tap');
ip('address', 'add', `${HOST_ADDRESS}/24`, 'dev', TAP);
ip('link', 'set', TAP, 'up');

function pass(near: Socket, path: string): void {
  const far = connect(path);
  for (const [socket, other] of [
    [near, far],
    [far, near],
  ] as const) {
    socket.on('error', () => undefined);
    socket.once('close', () => other.destroy());
    socket.pipe(other);
  }
}

await Promise.all(
  process.argv.slice(2).map((argument) => {
    const [port = '', path = ''] = argument.split('=');
    const server = createServer((socket) => pass(socket, path));
    return new Promise<void>((resolve) => server.listen(Number(port), HOST_ADDRESS, resolve));
  }),
);
process.stdin.once('close', () => process.exit()).resume();
process.stdout.write('ready\n');
