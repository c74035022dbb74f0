import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../state/store';

/** The server's time, renewed while something runs; a component that shows no running time passes false. */
export function useClock(running: boolean, everyMs = 1000): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    if (!running) return;
    setNow(serverNow());
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [running, everyMs]);
  return now;
}
