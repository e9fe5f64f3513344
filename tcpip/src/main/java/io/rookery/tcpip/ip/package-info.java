/** The IP layer: interfaces, routes, input, output, fragments, path MTUs. */
package io.rookery.tcpip.ip;
