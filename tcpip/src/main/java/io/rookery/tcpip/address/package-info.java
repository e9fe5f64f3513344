/** Addresses as values: {@link io.rookery.tcpip.address.IpAddress} and what is built of it. */
package io.rookery.tcpip.address;
