package io.sluice.examples.rolling;

import java.util.Locale;

/** What clients and workers speak. */
enum Protocol {
    HTTP(Transport.PLAIN, false),
    HTTPS(Transport.TLS, false),
    H2C(Transport.PLAIN, true),
    H2(Transport.TLS, true);

    final Transport transport;

    private final boolean isHttp2;

    Protocol(Transport transport, boolean isHttp2) {
        this.transport = transport;
        this.isHttp2 = isHttp2;
    }

    boolean isHttp2() {
        return isHttp2;
    }

    /** The word that options and figures use, and the worker too. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
