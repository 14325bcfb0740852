import { forward } from '../../../server/forward.ts';
import { connectUpstream, type Upstream } from '../../../server/upstream.ts';

let upstream: Upstream | undefined;

async function handle(request: Request): Promise<Response> {
  upstream ??= connectUpstream();
  return forward(request, new URL(request.url).pathname.slice('/api'.length), upstream);
}

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };
