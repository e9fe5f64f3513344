/** What OpenSSL and update-ca-certificates(8) make of certificates. */
package io.rookery.trust;
