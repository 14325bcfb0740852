import { Badge } from '../../components/ui/badge.tsx';

/** `any` is a decision, and looks like one. */
export function AnyBadge() {
  return <Badge tone="warn">any</Badge>;
}
