package dev.execlaw.store;

/**
 * One provider's key as it is stored.
 *
 * @param sealed as {@link SecretBox} sealed it
 * @param lastFour what of it may be shown
 * @param createdAt milliseconds since the epoch
 */
public record ProviderKeyRow(String provider, String sealed, String lastFour, long createdAt) {

    @Override
    public String toString() {
        return "ProviderKeyRow[" + provider + "]";
    }
}
