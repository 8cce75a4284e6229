import { renderSharePicture } from './paint.ts';
import type { SharePicture } from './picture.ts';

// The entry of the process that paints pictures, which takes too long for the one that answers requests.

process.on('message', (picture: SharePicture) => {
  void renderSharePicture(picture).then(
    (png) => process.send?.(png),
    () => process.exit(1),
  );
});
process.on('disconnect', () => process.exit(0));
