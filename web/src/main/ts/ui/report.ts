import { ApiError } from '../net/api';
import { coded, t } from '../text/i18n';
import { toast } from './notify';

/** Says what the server refused; anything else is a fault of this page and goes on. */
export function report(e: unknown): void {
  if (!(e instanceof ApiError)) throw e;
  const title = coded('error', e.problem.code, t('error.title'));
  toast(`${title}. ${e.offline ? '' : e.problem.detail} ${e.problem.next}`.trim(), true);
}
