package dev.execlaw.microvm.process;

/**
 * Whom a VMM runs as: an account of its own for every machine, without a name, so that one that broke out of its VMM
 * owns nothing but its own machine's files.
 *
 * @param uid numeric user, above 0
 * @param gid numeric group, above 0
 */
public record Account(int uid, int gid) {

    public Account {
        if (uid <= 0 || gid <= 0) {
            throw new IllegalArgumentException("account " + uid + ":" + gid + " is not one without privileges");
        }
    }

    @Override
    public String toString() {
        return uid + ":" + gid;
    }
}
