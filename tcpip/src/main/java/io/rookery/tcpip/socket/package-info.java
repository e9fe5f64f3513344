/** What sockets of all protocols share: options, errors, events, ports. */
package io.rookery.tcpip.socket;
