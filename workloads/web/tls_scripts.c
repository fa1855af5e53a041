/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/tls_server.h"

const struct tls_script tls_scripts[] = {
    {"known", "nothing: a healthy site with TLS", OUTCOME_OK},
    {"older", "nothing: a healthy site with TLS 1.2", OUTCOME_OK,
     .older = true},
    {"closed", "nothing: with TLS, a body that ends with the connection",
     OUTCOME_OK, "until-close"},
    {"careless", "nothing: with TLS, no end behind a body of known length",
     OUTCOME_OK, .unclosed = true},
    {"unclosed", "with TLS, a body of open length without an end",
     OUTCOME_TRUNCATED, "until-close", .unclosed = true},
    {"expired", "a certificate that has expired", OUTCOME_TLS_UNTRUSTED,
     .flaw = ISSUE_EXPIRED},
    {"misnamed", "a certificate for another host", OUTCOME_TLS_UNTRUSTED,
     .flaw = ISSUE_MISNAMED},
    {"unissued", "a certificate of an unknown issuer", OUTCOME_TLS_UNTRUSTED,
     .flaw = ISSUE_UNKNOWN},
    {"chained", "a chain of too many certificates", OUTCOME_TLS_PROTOCOL,
     .chain = 250},
    {"unencrypted", "no TLS at a port for it", OUTCOME_TLS_PROTOCOL,
     .act = TLS_IS_PLAIN},
    {"cut", "the handshake ends in the middle", OUTCOME_TLS_PROTOCOL,
     .act = TLS_CUTS},
    {"garbled", "a record that cannot be decoded", OUTCOME_TLS_PROTOCOL,
     .act = TLS_GARBLES},
    {"stalled", "no answer in the handshake", OUTCOME_CONNECT_TIMEOUT,
     .act = TLS_IS_SILENT},
};
const size_t n_tls_scripts = sizeof(tls_scripts) / sizeof(tls_scripts[0]);
