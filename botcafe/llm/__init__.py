"""Chat models behind one protocol: typed events in, deadlines kept, sockets closed."""
