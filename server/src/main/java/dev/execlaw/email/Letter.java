package dev.execlaw.email;

/**
 * One mail, ready to be sent.
 *
 * @param to one address
 * @param subject one line
 * @param text for who reads plain text
 * @param html the same for who does not
 */
record Letter(String to, String subject, String text, String html) {

    Letter {
        if (!Recipients.isAddress(to)) {
            throw new IllegalArgumentException("\"" + to + "\" is no mail address");
        }
        if (subject.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a subject of several lines could add headers");
        }
    }
}
