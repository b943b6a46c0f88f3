"""Others' systems, each faithful to its paper, to be fitted and scored beside ours."""
