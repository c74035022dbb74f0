package dev.execlaw.http;

import dev.execlaw.key.KeySource;
import dev.execlaw.key.KeyTrial;
import dev.execlaw.key.KeyView;
import dev.execlaw.key.Keys;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** Keys in memory, of the one provider {@code paid}. */
final class FakeKeys implements Keys {

    final Map<String, String> kept = new ConcurrentSkipListMap<>();

    @Override
    public List<KeyView> list() {
        return kept.keySet().stream().map(FakeKeys::view).toList();
    }

    @Override
    public KeyView put(String provider, String key) {
        kept.put(known(provider), key);
        return view(provider);
    }

    private static KeyView view(String provider) {
        return new KeyView(provider, "cdef", Instant.parse("2026-01-01T00:00:00Z"), KeySource.STORED);
    }

    @Override
    public void remove(String provider) {
        if (kept.remove(known(provider)) == null) {
            throw new ProblemException(ErrorCode.NOT_FOUND, "no key of " + provider, "see the list");
        }
    }

    @Override
    public KeyTrial test(String provider) {
        return new KeyTrial(known(provider), KeyTrial.Outcome.OK, "it takes the key");
    }

    private static String known(String provider) {
        if (!provider.equals("paid")) {
            throw new ProblemException(ErrorCode.UNKNOWN_PROVIDER, "there is no provider " + provider, "use paid");
        }
        return provider;
    }
}
