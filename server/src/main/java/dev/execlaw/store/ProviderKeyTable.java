package dev.execlaw.store;

import java.util.List;

/** Keys of providers, one for each at most. Any thread may use it. */
public final class ProviderKeyTable {

    private final Database database;

    public ProviderKeyTable(Database database) {
        this.database = database;
    }

    /** Keeps a key in place of the provider's last one, and waits. */
    public void put(ProviderKeyRow row) {
        database.write(statements -> statements.update(
                "INSERT OR REPLACE INTO provider_key (provider, sealed, last_four, created_at) VALUES (?, ?, ?, ?)",
                row.provider(),
                row.sealed(),
                row.lastFour(),
                row.createdAt()));
    }

    /** Removes a provider's key and waits. */
    public void delete(String provider) {
        database.write(statements -> statements.update("DELETE FROM provider_key WHERE provider = ?", provider));
    }

    /** All of them. */
    public List<ProviderKeyRow> all() {
        return database.read(statements -> statements.list(
                "SELECT provider, sealed, last_four, created_at FROM provider_key ORDER BY provider",
                row -> new ProviderKeyRow(row.getString(1), row.getString(2), row.getString(3), row.getLong(4))));
    }
}
