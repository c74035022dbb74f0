import { t } from '../text/i18n';
import { Icon } from '../ui/Icon';
import { drawerOpen } from './Sidebar';

/** Opens the session list where the window is too narrow to show it. */
export function MenuButton() {
  return (
    <button
      type="button"
      class="quiet square only-narrow"
      aria-label={t('nav.open')}
      aria-expanded={drawerOpen.value}
      aria-controls="sidebar"
      onClick={() => (drawerOpen.value = true)}
    >
      <Icon name="menu" />
    </button>
  );
}
