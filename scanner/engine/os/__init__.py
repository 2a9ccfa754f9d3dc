"""What the kernel offers: routes and neighbours over rtnetlink, UDP and packet sockets."""
