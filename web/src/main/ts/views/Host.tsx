// What the server is, how it isolates machines, and what keeps it from doing better.

import { useEffect } from 'preact/hooks';
import type { SystemInfo } from '../model/types';
import { obstacles, refresh, system } from '../state/store';
import { number, t } from '../text/i18n';
import { clock, mebibytes } from '../text/format';
import { Icon } from '../ui/Icon';
import { Facts } from './Network';

export function Host() {
  useEffect(() => void refresh(), []);
  const info = system.value;
  return (
    <div class="page info">
      <h1>{t('host.title')}</h1>
      {info ? <About info={info} /> : <p class="loading">{t('app.loading')}</p>}
    </div>
  );
}

function About({ info }: { info: SystemInfo }) {
  const { accelerator, network, host, capacity } = info;
  return (
    <>
      {obstacles.value.length > 0 && (
        <section class="obstacles" aria-labelledby="obstacles">
          <h2 id="obstacles">{t('host.obstacles')}</h2>
          <ul>
            {obstacles.value.map((text) => (
              <li key={text}>
                <Icon name="alert" /> <span>{text}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p>
        <a href="/keys">{t('nav.apikeys')}</a> · <a href="/usage">{t('nav.usage')}</a>
      </p>
      <h2>{t('host.machines')}</h2>
      <Facts
        rows={[
          [t('host.isolation'), info.isolation],
          [t('host.driver'), info.driver, info.driverReason],
          [t('host.accelerator'), accelerator.kind, accelerator.reason],
          [t('host.network'), t(network.mode === 'tap' ? 'net.mode.tap' : 'net.mode.user'), network.reason],
          [t('host.prefix'), network.prefix],
          [t('host.gaps'), info.gaps.join('; ') || t('host.nogaps')],
        ]}
      />
      <h2>{t('host.resources')}</h2>
      <Facts
        rows={[
          [t('host.memory'), t('host.memory.value', { free: mebibytes(host.memoryAvailableMiB), total: mebibytes(host.memoryTotalMiB) })],
          [t('host.promised'), t('host.promised.value', { used: mebibytes(capacity.reservedMiB), total: mebibytes(capacity.memoryMiB) })],
          [t('host.disk'), t('host.disk.value', { free: mebibytes(host.diskFreeMiB) })],
          [t('host.load'), t('host.load.value', { load: number(host.load1), cpus: number(host.cpus) })],
          [t('host.images'), info.images.map((i) => i.id).join(', ') || t('host.noimages')],
          [t('host.version'), info.version],
          [t('host.uptime'), clock(info.uptimeSeconds * 1000)],
        ]}
      />
    </>
  );
}
