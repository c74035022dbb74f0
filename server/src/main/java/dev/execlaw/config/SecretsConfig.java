package dev.execlaw.config;

/** Section {@code [secrets]}: what keys and other secrets are encrypted with on disk. */
public record SecretsConfig(
        @Setting(
                meaning =
                        "File with the passphrase that keys are encrypted with, readable by its owner alone; \"-\" asks for it"
                                + " at the terminal. Empty: the systemd credential execlaw-key where there is one, else the"
                                + " file secret.key in the data directory, which is made. After a change, run"
                                + " `execlaw secrets rotate`.",
                byDefault = "")
        String passphraseFile) {}
