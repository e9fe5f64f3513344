/** The network of a VM: interfaces, routes, and the sockets in it. */
package io.rookery.linux.net;
