//! One short function per subcommand, over Engine.
