import { signIn, signOut } from '../../server/sign-in.ts';
import { connectUpstream, type Upstream } from '../../server/upstream.ts';

let upstream: Upstream | undefined;

export function POST(request: Request): Promise<Response> {
  return signIn(request, (upstream ??= connectUpstream()));
}

export function DELETE(request: Request): Promise<Response> {
  return signOut(request, (upstream ??= connectUpstream()));
}
